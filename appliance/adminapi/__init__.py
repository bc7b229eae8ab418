"""The admin service: what the console and the command line may ask, over one Unix socket."""
