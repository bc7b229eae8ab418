"""HL7 v2 messages as a French hospital information system sends them, with what a test changes."""

from dataclasses import dataclass, replace

IPP = "F-1^^^HOSP&1.2.250.1.71.4&ISO^PI"
INS = "261031403301412^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"
ANNE = "LEFÈVRE^Anne-Charlotte^Anne-Charlotte Marie^^^^L"


@dataclass(frozen=True)
class Adt:
    event: str = "A08"
    control: str = "C1"
    at: str = "20261124090000+0100"
    pid3: str = IPP
    name: str = ANNE
    birth: str = "19610314"
    sex: str = "F"
    status: str = ""
    mrg: str = ""
    second: str = ""
    charset: str = "UNICODE UTF-8"
    codec: str = "utf-8"
    sender: str = "HIS"
    kind: str = "ADT"
    processing: str = "P"
    sequence: str = ""

    def text(self) -> str:
        msh = (
            f"MSH|^~\\&|{self.sender}|CH|NEG|RAD|{self.at}||{self.kind}^{self.event}|{self.control}|{self.processing}"
            f"|2.5|{self.sequence}||||FRA|{self.charset}"
        )
        lines = [msh, f"EVN||{self.at}", self.pid(self.pid3)]
        lines += [f"MRG|{self.mrg}"] if self.mrg else []
        lines += [self.pid(self.second)] if self.second else []
        return "\r".join(lines) + "\r"

    def pid(self, pid3: str) -> str:
        fields = ["PID", "", "", pid3, "", self.name, "", self.birth, self.sex, *[""] * 23, self.status]
        return "|".join(fields)

    def bytes(self) -> bytes:
        return self.text().encode(self.codec)

    def but(self, **changes: str) -> "Adt":
        return replace(self, **changes)


def code(answer: bytes) -> str:
    """MSA-1."""
    return next(line for line in answer.decode("latin-1").split("\r") if line.startswith("MSA"))[4:6]


def cause(answer: bytes) -> str:
    """The word of ERR-8."""
    return next((line for line in answer.decode("latin-1").split("\r") if line.startswith("ERR")), "").split("|")[-1]


def oru(
    control: str = "O1", at: str = "20261124093000", pid3: str = IPP, zds: str = "1.2.3", ipc: str = "",
    obr25: str = "F", obx: list[str] | None = None, orc3: str = "R42", obr3: str = "R42", accession: str = "A1",
) -> str:  # fmt: skip
    """A result of the RIS."""
    lines = Adt("R01", control, at, pid3, kind="ORU").text().rstrip("\r").split("\r")
    lines = [lines[0], lines[2], f"ORC|RE|P1|{orc3}"]
    fields = ["OBR", "1", "P1", obr3, "TDM^Scanner", *[""] * 13, accession, *[""] * 6, obr25, *[""] * 6, "&DURAND&Paul"]
    lines.append("|".join(fields))
    lines += ["OBX|1|TX|18748-4^CR^LN||Texte.||||||F"] if obx is None else obx
    lines += [f"ZDS|{zds}^RIS^Application^DICOM"] if zds else []
    lines += [f"IPC|{ipc}"] if ipc else []
    return "\r".join(lines) + "\r"


def mdm(
    event: str = "T02", control: str = "D1", at: str = "20261124093000", number: str = "D1^RIS", parent: str = "",
    completion: str = "LA", availability: str = "AV", text: str = "Texte.", pid3: str = IPP, accession: str = "A1",
) -> str:  # fmt: skip
    """A document of the RIS."""
    lines = Adt(event, control, at, pid3, kind="MDM").text().rstrip("\r").split("\r")
    txa = ["TXA", "1", "CR", "TX", "", "", "20261124093000", "", "", "", "", "", number, parent, "", "", "",
           completion, "", availability, "", "", "1^DURAND^Paul"]  # fmt: skip
    obr = ["OBR", "1", "P1", "R42", "TDM^Scanner", *[""] * 13, accession]
    return "\r".join([*lines, "|".join(obr), "|".join(txa), f"OBX|1|TX|CR||{text}||||||F"]) + "\r"
