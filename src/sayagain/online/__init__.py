"""What the layer does as things happen: complaints, offers, and what it tells the person."""
