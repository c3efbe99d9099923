"""What leaves: one sender a provider, behind the protocol in `senders.sender`."""
