"""Progress of real work in the view model: fleets, deployments, builds."""
