"""Face and base of the skull: orbits, sinuses, petrous bones, ears, nose."""

from __future__ import annotations

import numpy as np

from pacs_bridge.demo_pacs.phantoms.noise import smooth
from pacs_bridge.demo_pacs.phantoms.scene import Scene


def face(s: Scene, gen: np.random.Generator) -> None:
    """Orbits, sinuses, petrous bones, ears, nose."""
    cells = smooth(s.grid.shape, (2.6, 3.2, 3.2), gen)
    airy = np.clip(cells * 3 + 1.2, 0, 1)
    s.ellipsoid("muscle", (0, -90, -46), (15, 17, 22))
    s.pair("bone", (60, 20, -50), (13, 18, 18))
    s.pair("lumen", (61, 22, -52), (9, 13, 14), where=np.clip(cells * 3, 0, 1))
    for m in ((1, 1, 1), (-1, 1, 1)):
        s.tube(
            "bone", np.array([(60, 10, -42), (36, 2, -41), (15, -8, -42)], float) * m, [11, 9, 5.5]
        )
        s.tube("lumen", np.array([(84, 6, -42), (56, 4, -41)], float) * m, [3.2, 2.4])
        s.ellipsoid("lumen", (40.0 * m[0], 3, -40), (2.4, 2.4, 2))
        s.tube(
            "bone",
            np.array([(60, -4, -54), (66, -28, -50), (56, -58, -46), (44, -70, -42)], float) * m,
            3.4,
        )
        s.tube("bone", np.array([(44, -70, -14), (50, -62, -26), (46, -68, -42)], float) * m, 3.6)
    s.pair("skin", (79, 14, -40), (4, 15, 20), 18)
    s.ellipsoid("bone", (0, -24, -46), (22, 18, 9))
    s.ellipsoid("lumen", (5, -30, -48), (13, 12, 9), where=airy)
    s.pair("thin_bone", (31, -58, -29), (20, 27, 18.5), 16)
    s.pair("fat", (31, -60, -29), (18.3, 27, 16.8), 16)
    s.pair("vitreous", (32, -68, -29), (13, 13, 13))
    s.pair("muscle", (32, -67.5, -29), (12.7, 12.7, 12.7))
    s.pair("vitreous", (32, -68, -29), (11.6, 11.6, 11.6))
    s.pair("lens", (32, -77, -29), (4.6, 2.2, 4.6))
    for m in ((1, 1, 1), (-1, 1, 1)):
        s.tube("nerve", np.array([(31, -59, -29), (26, -46, -27), (15, -30, -25)], float) * m, 2.2)
        for dx, dz in ((11, 0), (-11, 0), (0, 10), (0, -10)):
            s.tube(
                "muscle",
                np.array(
                    [
                        (32 + dx, -68, -29 + dz),
                        (28 + dx * 0.75, -52, -28 + dz * 0.75),
                        (20, -38, -27),
                    ],
                    float,
                )
                * m,
                [1.4, 2.6, 1.8],
            )
    s.ellipsoid("thin_bone", (0, -60, -34), (13, 27, 20))
    s.ellipsoid("lumen", (0, -60, -34), (11.5, 25, 18.5), where=airy)
    s.pair("lumen", (5, -66, -52), (4, 30, 14), where=airy)
    s.ellipsoid("thin_bone", (1, -64, -46), (1.0, 30, 22))
    s.pair("thin_bone", (29, -58, -57), (18, 20, 13))
    s.pair("mucosa", (29, -58, -57), (16.6, 18.6, 11.8))
    s.pair("lumen", (29, -58.5, -57), (15.8, 17.6, 11.2))
    s.ellipsoid("lumen", (7, -80, -6), (9, 4.5, 9))
    s.ellipsoid("lumen", (-9, -80, -8), (8, 4, 7))
    s.ellipsoid("lumen", (0, -22, -62), (12, 10, 7))
