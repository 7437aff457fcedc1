"""The face for shops, warehouses and signed links."""
