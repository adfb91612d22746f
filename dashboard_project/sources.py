"""Where settings come from: environment variables, the `.env` file, and files that NAME_FILE names."""

import os
from pathlib import Path
from typing import Any

from environs import EnvError, FileAwareEnv


class SettingsEnv(FileAwareEnv):
    """Reads a setting from its environment variable, from the file that NAME_FILE names, or from the `.env` file.

    Text around the value in the file, such as a line break at its end, is removed.
    """

    def __init__(self, project: Path) -> None:
        super().__init__(strip_whitespace=True)
        self._read_env_file(project)

    def _read_env_file(self, project: Path) -> None:
        """Read the file in ENV_FILE, or else `.env` if there is one. Raises EnvError for a file that is not text."""
        named = os.environ.get("ENV_FILE")
        if named == "":
            return
        path = Path(named) if named else default_directory(project) / ".env"
        try:
            if (named or path.exists()) and not self.read_env(path, recurse=False):
                raise FileNotFoundError
        except (OSError, ValueError) as error:
            raise EnvError(f"{path} cannot be read: name a text file in ENV_FILE.") from error

    def _get_value(self, env_key: str, default: Any) -> Any:
        """As FileAwareEnv, and raise EnvError for a file that is not text, and for a value that is given twice."""
        named = super(FileAwareEnv, self)._get_value(f"{env_key}{self.file_suffix}", None)
        if named and super(FileAwareEnv, self)._get_value(env_key, None) is not None:
            raise EnvError(f"{env_key} and {env_key}_FILE are both set: remove one of them.")
        try:
            return super()._get_value(env_key, default)
        except (OSError, ValueError) as error:
            raise EnvError(f"{env_key}_FILE names {named}, which cannot be read as text.") from error


def default_directory(project: Path) -> Path:
    """Return the directory of `.env` and `data`: that of manage.py in a checkout, otherwise the working directory."""
    return project if (project / "manage.py").is_file() else Path.cwd()
