"""What the hospital sets: typed, frozen settings, and what a process of ours needs around them."""
