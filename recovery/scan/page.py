"""The report as one page that needs nothing beside it: text, tables, bars as inline SVG. Pure.

Knows: HTML. Must not know: where the figures come from. Every text is escaped: network, cause and state
names are ours, but a page is not the place to believe it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b2430}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #d8dee6}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg text{font:12px system-ui,sans-serif;fill:#1b2430}
@media(prefers-color-scheme:dark){body{background:#12161c;color:#e4e9f0}svg text{fill:#e4e9f0}th,td{border-color:#2c3440}}
"""
_ROW, _NAME, _BAR, _WIDTH = 20, 230, 420, 740


def print_page(report: Mapping[str, Any]) -> str:
    """``recovery.report/1`` as HTML."""
    times = [
        (name.replace("_", " "), t["cases"], *_spread(t)) for name, t in report["times"].items()
    ]
    queues = [
        (name.replace("_", " "), q["cases"], *_spread(q)) for name, q in report["queues"].items()
    ]
    weeks = {w["week"]: w["opened"] for w in report["by_week"]}
    body = [
        f"<h1>Recovery desk: {report['cases']:,} cases</h1>",
        f"<p>As of {escape(report['at'])}; figures of a time are of the last {report['days']} days.</p>",
        *_section("By state", _bars("cases by state", report["by_state"])),
        *_section("Opened by week", _bars("cases opened by week", weeks)),
        *_section("By cause", _bars("cases by cause", report["by_cause"])),
        *_section("By network", _bars("cases by network", report["by_network"])),
        *_section(
            "Recovered", _print_table(("currency", "settled", "recovered", "fees"), _money(report))
        ),
        *_section("How long it took", _print_table(("until", "cases", *_SPREAD), times)),
        *_section("How long cases stand", _print_table(("state", "cases", *_SPREAD), queues)),
        *_section("Nights", _print_table(_NIGHTS, map(_night, report["nights"]))),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Recovery desk</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


_SPREAD = ("median", "nine of ten within", "longest")
_NIGHTS = ("began", "state", "looked at", "moved", "found", "unreachable", "stale", "minutes")


def _money(report: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [(m["currency"], m["settled"], m["recovered"], m["fees"]) for m in report["money"]]


def _night(run: Mapping[str, Any]) -> tuple[Any, ...]:
    if run["moved"] is None:
        return (run["started_at"], run["state"], *[""] * 6)
    return (
        run["started_at"],
        run["state"],
        run["looked_at"],
        sum(run["moved"].values()),
        run["new_cases"],
        run["unreachable"],
        " ".join(run["stale"]) or "none",
        f"{run['seconds'] / 60:.1f}",
    )


def print_duration(seconds: int | None) -> str:
    """Seconds in the unit a person would choose."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds} s"


def _spread(told: Mapping[str, Any]) -> tuple[str, str, str]:
    names = ("median_seconds", "ninth_decile_seconds", "longest_seconds")
    median, ninth, longest = (print_duration(told[name]) for name in names)
    return median, ninth, longest


def _section(title: str, content: str) -> tuple[str, str]:
    return f"<h2>{escape(title)}</h2>", content


def _bars(label: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return "<p>None.</p>"
    most = max(counts.values())
    rows = []
    for place, (name, count) in enumerate(counts.items()):
        y = place * _ROW
        length = max(count * _BAR // max(most, 1), 1)
        rows.append(
            f'<text x="{_NAME - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{_NAME}" y="{y + 3}" width="{length}" height="{_ROW - 6}" fill="#3b82c4"/>'
            f'<text x="{_NAME + length + 6}" y="{y + 14}">{count:,}</text>'
        )
    size = f'width="{_WIDTH}" height="{len(counts) * _ROW}"'
    return f'<svg role="img" aria-label="{escape(label)}" {size}>{"".join(rows)}</svg>'


def _print_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in headers)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>" if body else "<p>None.</p>"


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
