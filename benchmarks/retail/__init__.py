"""The retail tasks: customers who talk to a running house in plain sentences, and what it wrote for them."""
