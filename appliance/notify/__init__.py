"""Mails and text messages: their words, and those who send them."""
