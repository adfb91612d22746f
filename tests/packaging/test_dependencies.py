"""What `make check` refuses of the packages that Dashboard depends on."""

import pytest

from scripts import dependencies

VULNERABLE = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "left-pad", "version": "1.3", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["1.4", "2.0"]}]},
        {"name": "lost", "version": "2.0", "vulns": [{"id": "GHSA-2", "fix_versions": []}]},
        {"name": "private", "skip_reason": "Dependency not found"},
    ]
}


def test_known_vulnerabilities_are_named_with_the_version_that_mends_them():
    assert list(dependencies.vulnerable(VULNERABLE)) == [
        "left-pad 1.3 has CVE-2026-1; fixed in 1.4, 2.0.",
        "lost 2.0 has GHSA-2; fixed in no version.",
    ]
    assert list(dependencies.not_audited(VULNERABLE)) == ["private"]


@pytest.mark.parametrize("licence", ["UNKNOWN", "GPL-3.0-only", "AGPL-3.0", "Proprietary"])
def test_other_licences_are_refused(licence):
    refused = list(dependencies.unlicensed([{"Name": "left-pad", "License": licence}]))
    assert len(refused) == 1
    assert licence in refused[0]


@pytest.mark.parametrize("licence", ["MIT License", "BSD-3-Clause", "Apache Software License", "LGPL-3.0-only"])
def test_usual_licences_pass(licence):
    assert not list(dependencies.unlicensed([{"Name": "left-pad", "License": licence}]))


def test_every_pinned_package_is_looked_at():
    names = dependencies.NAME.findall(dependencies.LOCK.read_text())
    assert {"django", "bcrypt", "django-redis"} <= set(names)
    assert len(names) > 40


@pytest.mark.parametrize("report", ["", "not json"])
def test_no_network_refuses_nothing(report, monkeypatch, capsys):
    monkeypatch.setattr(dependencies, "_output", lambda command: "[]" if "piplicenses" in command else report)
    dependencies.main()
    assert "Not audited" in capsys.readouterr().out


def test_vulnerability_ends_the_check(monkeypatch):
    monkeypatch.setattr(dependencies, "_audit", lambda: VULNERABLE)
    monkeypatch.setattr(dependencies, "_licences", list)
    with pytest.raises(SystemExit, match="CVE-2026-1"):
        dependencies.main()
