from connectors_local.console.browsing import PageVitals, vitals_table


def test_what_is_over_its_budget_is_said() -> None:
    measured = [PageVitals("dashboard", 820.4, 41.0, 0.0), PageVitals("flows", 2100.0, None, 0.2)]
    header, dashboard, flows, budgets = vitals_table(measured)
    assert header.split() == ["page", "LCP", "INP", "CLS"]
    assert dashboard.split() == ["dashboard", "820", "ms", "41", "ms", "0.000"]
    assert flows.endswith("over: LCP, CLS")
    assert budgets == "budgets: LCP ≤ 1500 ms, INP ≤ 100 ms, CLS ≤ 0.1"
