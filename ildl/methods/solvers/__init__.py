"""What several methods minimise with: solvers, projections and mixtures that know nothing of the methods."""
