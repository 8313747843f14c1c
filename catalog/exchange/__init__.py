"""What other catalogs, warehouses and code hosts read of ours: one module a family, each an exporter by entry point."""
