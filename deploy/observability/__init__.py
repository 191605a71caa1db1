"""What Prometheus and Grafana are given: dashboards, scrapes, alerts."""
