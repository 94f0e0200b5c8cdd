"""What all benches share: services, load, references, statistics, report."""
