"""查验导出: what somebody brings is checked by what it holds alone: no database, no server, no network."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from activities.chain import of_the_life, unlike_journal
from connection import data_converter
from domain.issue.events import HistoryArchived
from domain.model import Label
from ops import export_files as made
from ops.desk import CANNOT, DIFFERS, Json, bar, out, print_json, refuse, say, table
from ops.examine import Finding, prove
from ops.export_keys import PublicKey, read_public_key
from ops.signing import UnfitKey
from sandbox import sandboxed
from store.archive import SpoiledError, unpack
from store.kept import Kept
from store.proof import told
from workflows.keeping import reliving

LARGEST = 1 << 30
"""Bytes of an export with all of its photos, which are in memory at once."""

CHECKS: Mapping[str, Label] = {
    "signature": Label("清单签名", "the manifest's signature"),
    "digests": Label("文件摘要", "digests of the files"),
    "facts": Label("日志链、编号、各列", "chain, numbering and columns"),
    "limits": Label("时限复算", "limits recomputed"),
    "acts": Label("告知与事实相符", "effects derived again"),
    "documents": Label("文书与事实相符", "documents derived again"),
    "rules": Label("所用规则与日历", "rules and calendars as used"),
    "photos": Label("照片原件", "the photos themselves"),
    "histories": Label("流程记录重放,内容比对", "histories lived again, contents compared"),
}


class Checked(NamedTuple):
    """查验结果: of one export; what each check looked at, what does not hold, what is only remarked."""

    folder: str
    issue_id: str
    looked: Mapping[str, int]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]


def bring_in(
    folder: Annotated[Path, typer.Argument(help="一件导出或其上级目录 an export, or the folder of several")],
    *,
    check: Annotated[bool, typer.Option("--check", help="查验 check it; nothing is taken over")] = False,
    key: Annotated[
        Path | None, typer.Option(help="对方公钥(另行取得) the public key, got by another way")
    ] = None,
    as_json: Json = False,
) -> None:
    """在任何机器上查验导出,不需数据库和服务器。 Check an export on a bare machine.

    Exit status: 0 all holds, 1 something differs, 2 there is nothing to check.
    """
    if not check:
        refuse("导出只供查验,请加 --check。 An export is only checked: say --check.", CANNOT)
    exports = sorted(
        each.parent for each in (*folder.glob(made.MANIFEST), *folder.glob(f"*/{made.MANIFEST}"))
    )
    if not exports:
        refuse(f"{folder} 下没有导出(缺 {made.MANIFEST})。 There is no export.", CANNOT)
    try:
        known = read_public_key(key.read_bytes(), str(key)) if key else None
    except (UnfitKey, OSError) as trouble:
        refuse(f"公钥无法读取。 The key cannot be read: {trouble}", CANNOT)
    checked: list[Checked] = []
    with bar("查验 check", len(exports)) as step:
        for each in exports:
            checked.append(asyncio.run(check_export(each, known)))
            step()
    if as_json:
        print_json(
            [{**each._asdict(), "findings": [one._asdict() for one in each.findings]} for each in checked]
        )
    else:
        for one in checked:
            _tell(one)
    raise typer.Exit(DIFFERS if any(one.findings for one in checked) else 0)


async def check_export(folder: Path, key: PublicKey | None = None) -> Checked:
    """Check one export by what it holds; `key` is the exporter's public key, if it was got by another way."""
    looked: Counter[str] = Counter(dict.fromkeys(CHECKS, 0))
    try:
        files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in _files(folder)}
        manifest = made.read_manifest(files.get(made.MANIFEST, b""))
    except ValueError as wrong:
        finding = Finding("signature", folder.name, 0, made.MANIFEST, str(wrong), "a manifest")
        return Checked(str(folder), "", looked, (finding,), ())
    about = _About(manifest, files, looked, [])
    findings = [*_signature(about, key), *_digests(about)]
    try:
        each = made.read_kept(manifest.issue_id, files)
        if not each.facts:
            findings.append(about.differs("facts", 0, made.JOURNAL, "no fact", str(manifest.facts)))
        else:
            findings += await _contents(about, each)
    except Exception as wrong:  # noqa: BLE001 - what a stranger made may break anything: that is a finding
        reason = f"cannot be read: {type(wrong).__name__}"
        findings.append(about.differs("facts", 0, "files", reason, "lines of JSON"))
    return Checked(str(folder), manifest.issue_id, looked, tuple(findings), tuple(about.remarks))


def _files(folder: Path) -> Sequence[Path]:
    """Return what lies in an export; raises ValueError where something leads out of it, or is too large."""
    every = sorted(each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir())
    for each in every:
        if each.is_symlink() or not each.is_file():
            raise ValueError(f"{each.relative_to(folder)} is no plain file")
    if (size := sum(each.stat().st_size for each in every)) > LARGEST:
        raise ValueError(f"{size} bytes are more than {LARGEST}")
    return every


class _About(NamedTuple):
    """One export under check."""

    manifest: made.Manifest
    files: Mapping[str, bytes]
    looked: "Counter[str]"
    remarks: list[str]

    def differs(self, check: str, number: int, where: str, is_so: str, should: str) -> Finding:
        return Finding(check, self.manifest.issue_id, number, where, is_so, should)


def _signature(about: _About, key: PublicKey | None) -> Iterator[Finding]:
    about.looked["signature"] += 1
    travelled: PublicKey | None = None
    try:
        travelled = read_public_key(about.files.get(made.KEY, b""), made.KEY)
    except UnfitKey as unfit:
        yield about.differs("signature", 0, made.KEY, str(unfit), "a public key")
    proving = key or travelled
    if proving is None:
        return
    if key is None:
        about.remarks.append(
            "未给 --key,何人签名未经证明;请向出具单位核对公钥指纹。 Without --key it is not proved who "
            f"signed: ask the exporter for the print of the key: {proving.fingerprint}"
        )
    elif travelled and travelled.fingerprint != key.fingerprint:
        yield about.differs("signature", 0, made.KEY, travelled.fingerprint, key.fingerprint)
    signature = about.files.get(made.SIGNATURE, b"").decode(errors="replace")
    if not proving.holds(signature, about.files[made.MANIFEST]):
        yield about.differs("signature", 0, made.SIGNATURE, "not signed by this key", proving.fingerprint)


def _digests(about: _About) -> Iterator[Finding]:
    beside = {made.MANIFEST, made.SIGNATURE, made.KEY}
    listed = about.manifest.files
    for name in sorted(listed.keys() | (about.files.keys() - beside)):
        about.looked["digests"] += 1
        content, digest = about.files.get(name), listed.get(name)
        found = "missing" if content is None else sha256(content).hexdigest()
        if found != digest:
            yield about.differs("digests", 0, name, found, digest or "not in the manifest")


async def _contents(about: _About, each: Kept) -> Sequence[Finding]:
    counted = {"facts": len(each.facts), "acts": len(each.acts), "documents": len(each.papers)}
    about.looked.update(counted)
    last = each.facts[-1]
    findings = prove(each, about.looked, outside=True)
    if (last.number, last.hash) != (about.manifest.facts, about.manifest.tail):
        should = f"fact {about.manifest.facts}: {about.manifest.tail}"
        findings.append(
            about.differs("facts", last.number, "hash", f"fact {last.number}: {last.hash}", should)
        )
    if any(finding.check == "facts" for finding in findings):
        return findings
    about.looked["rules"] += 1
    if about.files.get(made.RULES) != made.rules_of(told(each.facts)):
        findings.append(about.differs("rules", 1, made.RULES, "other rules", "those of the journal"))
    findings += [*_photos(about, each), *await _histories(about, each)]
    if about.files.get(made.BUILD) != made.build_now(about.files.get(made.BUILD, b"")):
        about.remarks.append("由另一版程序导出 exported by another build of the code: see build.json")
    return findings


def _photos(about: _About, each: Kept) -> Iterator[Finding]:
    for picture in each.pictures:
        content = about.files.get(f"{made.ORIGINALS}/{picture.digest}")
        if content is None:
            continue  # exported by its digest alone
        about.looked["photos"] += 1
        if (found := sha256(content).hexdigest()) != picture.digest:
            yield about.differs("photos", 0, picture.digest, found, picture.digest)


async def _histories(about: _About, each: Kept) -> Sequence[Finding]:
    archived = [fact for fact in told(each.facts) if isinstance(fact, HistoryArchived)]
    content = about.files.get(made.HISTORIES)
    if content is None:
        if archived:
            return [about.differs("histories", 0, made.HISTORIES, "missing", archived[-1].digest)]
        about.remarks.append("没有流程记录可重放 it holds no history to live again")
        return []
    if archived and (found := sha256(content).hexdigest()) != archived[-1].digest:
        return [about.differs("histories", len(each.facts), made.HISTORIES, found, archived[-1].digest)]
    try:
        chain = unpack(content, each.issue_id)
    except SpoiledError as spoiled:
        return [about.differs("histories", 0, made.HISTORIES, str(spoiled), each.issue_id)]
    about.looked["histories"] += len(chain.runs)
    unlike = await unlike_journal(chain, of_the_life(each.facts), reliving(data_converter, sandboxed()))
    return [about.differs("histories", 0, "runs", unlike, "the journal")] if unlike else []


def _tell(checked: Checked) -> None:
    say(f"{checked.issue_id or checked.folder}")
    rows = table("查验项 check", "件数 looked at", "不符 differ", "内容 what")
    for name, label in CHECKS.items():
        wrong = sum(each.check == name for each in checked.findings)
        rows.add_row(name, str(checked.looked[name]), str(wrong), f"{label.zh} {label.en}")
    out.print(rows)
    for remark in checked.remarks:
        say(remark)
    for each in checked.findings:
        where = f"事实 fact {each.number} · {each.where}"
        say(f"不符 differs: {each.check} · {where}: {each.kept} ≠ {each.proved}")
    if not checked.findings:
        say("全部一致。 Everything holds.")
