"""A stand-in for Twilio over real HTTP, and a phone on a web page; knows nothing of Utväg."""
