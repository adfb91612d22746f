"""Who calls, and what they may do: credentials, cookies, permission and throttle classes."""
