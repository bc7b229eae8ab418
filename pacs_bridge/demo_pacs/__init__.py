"""The PACS of the demo: synthetic exams, served as a hospital archive serves them."""
