"""What is printed. Imported only when something is: the library costs 32 MiB."""
