"""Orders, returns, refunds, policy and labels: what the shop sold, and what may come back."""
