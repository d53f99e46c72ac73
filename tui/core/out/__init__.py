"""What goes out to other programs: names, documents and topics, made of the fleet."""
