"""Which ports an untrusted URL may not reach, besides the addresses that it may not."""

from dataclasses import dataclass
from typing import Final

_WEB: Final = frozenset({80, 443})
_FIRST_UNPRIVILEGED: Final = 1024

# Services above 1023 that speak something else than a public web API, or are administration interfaces.
_INTERNAL_SERVICES: Final = frozenset(
    {
        *(1080, 1433, 1434, 1521, 1719, 1720, 1723, 1883, 2049, 2181, 2375, 2376, 2379, 2380),
        *(3128, 3268, 3269, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061, 5432, 5433, 5671, 5672),
        *(5900, 5901, 5902, 5903, 5985, 5986, 6000, 6001, 6002, 6379, 6380, 6432, 6443, 6566),
        *(6665, 6666, 6667, 6668, 6669, 6697, 7199, 8125, 8883, 9042, 9092, 9093, 9094, 9160, 9200, 9300),
        *(10080, 10250, 10255, 10257, 10259, 11211, 16379, 26379, 27017, 27018, 27019, 61613, 61616),
    }
)


@dataclass(frozen=True, slots=True)
class PortPolicy:
    """Below 1024 only `allowed_low`; from 1024 on everything but `denied_high`.

    The default lets 80 and 443 through, and unprivileged ports except those of well-known databases, brokers,
    caches, mail, remote desktops and cluster control planes.
    """

    allowed_low: frozenset[int] = _WEB
    denied_high: frozenset[int] = _INTERNAL_SERVICES

    def permits(self, port: int) -> bool:
        if port < _FIRST_UNPRIVILEGED:
            return port in self.allowed_low
        return port <= 0xFFFF and port not in self.denied_high
