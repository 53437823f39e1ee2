"""Before/after data whose correlation between the occasions was not reported."""
