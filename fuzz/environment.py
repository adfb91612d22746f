"""The settings of the application that is fuzzed."""


def environment(folder: str) -> dict[str, str]:
    """Return the environment of an application whose data is in this folder."""
    return {
        "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        "ENV_FILE": "",
        "DATA_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/fuzz.sqlite3",
        "SECRET_KEY": "that of a fuzzer, which has nothing to hide",
        "BCRYPT_WORKLOAD_FACTOR": "4",
        "RATE_LIMITS": "false",
        "APPLICATION_SERVER": "https://app.example.com",
        "APPLICATION_SERVER_TOKEN": "a token",
    }
