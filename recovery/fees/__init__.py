"""What recovery costs: the policy is data, a quote is named lines that add up exactly."""
