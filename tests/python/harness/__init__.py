"""What the tests need to run a real server and to talk to it without the SDK."""
