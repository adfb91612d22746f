"""Add the lookup `within` to IP address fields: `ip_address__within=ip_network("10.0.0.0/8")`."""

from ipaddress import ip_address, ip_network
from typing import Any

from django.db.models import GenericIPAddressField, Lookup

IS_WITHIN = "is_within"


@GenericIPAddressField.register_lookup
class Within(Lookup):
    """Match addresses in a network. An IPv4 address is in no IPv6 network, nor the other way round."""

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{IS_WITHIN}({column}, %s)", (*parameters, str(self.rhs))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} <<= %s::inet", (*parameters, str(self.rhs))


def is_within(address: str | None, network: str) -> bool:
    """Do what PostgreSQL's operator `<<=` does."""
    return address is not None and ip_address(address) in ip_network(network)


def register_sqlite_functions(connection: Any, **signal: Any) -> None:
    """Define the SQL function that the lookup calls on SQLite. A receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(IS_WITHIN, 2, is_within, deterministic=True)
