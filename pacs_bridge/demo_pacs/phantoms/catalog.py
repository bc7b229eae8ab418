"""Studies of the demo: who, what, when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pacs_bridge.demo_pacs.phantoms.studies import Patient, Study

ANNE = Patient("F-100201", "LEFÈVRE^Anne-Charlotte", "F", date(1961, 3, 14), 62, 1.64)
JEAN = Patient("F-100202", "BEAUCHÊNE^Jean-Noël", "M", date(1953, 12, 24), 78, 1.75, "ISO_IR 100")
MARIE = Patient("F-100203", "GARÇON-DESPRÉS^Marie-Hélène", "F", date(1968, 7, 2), 66, 1.68)
FRANCOIS = Patient("F-100204", "D'AUBIGNÉ^François-Xavier", "M", date(1979, 10, 30), 84, 1.81)
ZOE = Patient("F-100205", "HÉRAULT^Zoé-Maëlle", "F", date(1992, 5, 19), 58, 1.66)
LOIC = Patient("F-100206", "LE GOFFÎC^Loïc-Emmanuel", "M", date(1957, 1, 8), 90, 1.77, "ISO_IR 100")


class Catalog:
    """Every study, dated back from one day.

    Parameters
    ----------
    today
        Day the demo is supposed to run.
    """

    def __init__(self, today: date) -> None:
        def study(
            patient: Patient, key: str, days: int, hour: int, minute: int, text: str
        ) -> Study:
            when = datetime.combine(today - timedelta(days), time(hour, minute))
            return Study(patient, key, when, text, f"A{when:%y%m%d}{hour:02d}{minute:02d}")

        self.head = study(ANNE, "tdm-crane", 2, 9, 12, "TDM cérébrale sans et avec injection")
        self.head_prior = study(
            ANNE, "tdm-crane-anterieur", 367, 15, 40, "TDM cérébrale avec injection"
        )
        self.brain = study(ANNE, "irm-cerebrale", 1, 11, 25, "IRM cérébrale")
        self.trunk = study(
            JEAN, "tdm-tap", 6, 8, 50, "TDM thorax, abdomen et pelvis avec injection"
        )
        self.pet = study(JEAN, "tep-tdm", 3, 10, 5, "TEP-TDM au 18F-FDG, corps entier")
        self.breast = study(
            MARIE, "mammographie", 4, 14, 30, "Mammographie bilatérale et tomosynthèse"
        )
        self.breast_prior = study(
            MARIE, "mammographie-anterieure", 390, 10, 15, "Mammographie bilatérale de dépistage"
        )
        self.chest = study(FRANCOIS, "rx-thorax", 1, 17, 48, "Radiographie du thorax, face")
        self.liver_us = study(
            ZOE, "echo-abdominale", 5, 16, 20, "Échographie abdominale avec Doppler"
        )
        self.angio = study(LOIC, "coronarographie", 8, 7, 35, "Coronarographie")
