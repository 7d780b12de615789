"""The report of a run: its table beside the peers, its plots, and that what a figure says cannot break them."""

from pathlib import Path
from xml.etree import ElementTree

from bench import peers
from bench.figures import Figure, Point, at_least, at_most
from bench.report import plots, write_report

BACKLOG = 1_000
MACHINE = {"cores": 2, "effort": "quick", "elsewhere": {"hot": 0.5, "low": 0.0}}
FIGURES = [
    Figure("hot", "CPU per execution against the bare loop, upstream 50 ms", 0.7, "x", at_most(0.75), "", (0.6, 0.8)),
    Figure("hot", peers.cpu_name(peers.OURS, 50), 130.0, "µs"),
    Figure("hot", peers.cpu_name(peers.BARE, 50), 185.0, "µs"),
    Figure("memory", peers.memory_name(peers.OURS, BACKLOG), 152.0, "MiB", at_most(160)),
    Figure("path", "share | of <what> was & offered", 0.5, "x", at_least(0.98)),
    Figure("start", "not to be had", None, "x", at_most(1.5)),
    Figure("scale", "of one", 1.0, "x", point=Point("parked", 0)),
    Figure("scale", "of many", 1.4, "x", extent=(1.3, 1.6), point=Point("parked", 1_000_000)),
]


def test_the_executor_stands_beside_the_bare_loop_of_the_same_run() -> None:
    assert peers.rows(FIGURES, BACKLOG) == [
        (peers.OURS, ["130", "", "", "152"]),
        (peers.BARE, ["185", "", "", ""]),
    ]
    assert peers.rows([], BACKLOG) == []


def test_the_report_says_what_is_missed_and_what_the_peers_had_in_another_run(tmp_path: Path) -> None:
    text = write_report(tmp_path / "report", MACHINE, FIGURES, BACKLOG).read_text()
    assert "2 of 4 bounds are met." in text
    assert "* path: share | of <what> was & offered: 0.5 x, missed by 0.48 x (49%)" in text
    assert "Cores that worked for others meanwhile: hot 0.5." in text
    assert "| **the executor** | 130 |  |  | 152 |" in text
    assert "| Redpanda Connect, stock (another run) | 254 |" in text
    assert "| share \\| of <what> was & offered |" in text


def test_every_plot_that_the_report_shows_is_there_and_well_formed(tmp_path: Path) -> None:
    text = write_report(tmp_path, MACHINE, FIGURES, BACKLOG).read_text()
    assert set(plots(FIGURES)) == {"ratios", "growth-parked"}
    for path in tmp_path.glob("*.svg"):
        assert f"]({path.name})" in text
        ElementTree.parse(path)


def test_plots_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    write_report(tmp_path, MACHINE, FIGURES, BACKLOG)
    write_report(tmp_path, MACHINE, FIGURES[:1], BACKLOG)
    assert [path.name for path in tmp_path.glob("*.svg")] == ["ratios.svg"]


def test_without_ratios_there_is_nothing_to_draw() -> None:
    assert plots([Figure("hot", "CPU", 130.0, "µs")]) == {}
