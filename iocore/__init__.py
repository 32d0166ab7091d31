"""What things usually cost: units, factors and input-output arithmetic."""
