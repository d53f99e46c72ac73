"""A simulated household: real HTTP servers on loopback, announced by real mDNS."""
