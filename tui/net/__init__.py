"""Floor 1: sockets. One device over HTTP, discovery by mDNS; no state of the house, no policy."""
