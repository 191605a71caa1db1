"""Every view of the dashboard."""

VIEWS = {
    "dashboard": "/",
    "new-run": "/new",
    "runs": "/runs",
    "channels": "/channels",
    "channel": "/channels/demo",
    "library": "/library",
    "usage": "/usage",
    "approvals": "/approvals",
    "schedules": "/schedules",
    "settings": "/settings",
}
TABS = ("Timeline", "Script", "SEO", "Images", "Video", "Findings", "Events", "Cost")
"""Of the page of a run."""
