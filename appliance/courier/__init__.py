"""The service that speaks outward: mails and text messages. It listens to nobody."""
