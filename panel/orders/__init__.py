"""What was bought: customers, plans, clusters, orders, and the domain of each with its status."""
