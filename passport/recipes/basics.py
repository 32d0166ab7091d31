"""Expressions that recipes of several parts of the chain share: fuels, transport work, power, soil nitrogen."""

from __future__ import annotations

from typing import Final

from passport.methodology import AMOUNT, ELECTRICITY, Constant, Emission, Expression, Factor, plus, times

MOLAR_N2O: Final = Constant("44/28", "molar mass of N2O over N2")
MOLAR_CO2: Final = Constant("44/12", "molar mass of CO2 over C")
PER_TONNE: Final = Constant("1/1000", "t per kg")
PER_THOUSAND: Final = Constant("1/1000", "kg per g")
PER_GIGAGRAM: Final = Constant("1/1000000", "kg per Gg")
MINUS: Final = Constant("-1", "subtraction")


def constant_row(stem: str) -> Factor:
    """Name a row of the dated constants."""
    return Factor(stem, source="constants")


def practice(stem: str) -> Factor:
    """Name a value of practice."""
    return Factor(stem, source="practice")


def soil_n2o(nitrogen: Expression, *, synthetic: bool, volatile: str) -> Expression:
    """Give the kilograms of N2O that kilograms of nitrogen release in wet soil, directly and indirectly."""
    direct = Factor("SOILN.EF1-SYN-WET" if synthetic else "SOILN.EF1-ORG-WET")
    volatilised = times(Factor(volatile), Factor("SOILN.EF4-WET"))
    leached = times(Factor("SOILN.FRACLEACH-WET"), Factor("SOILN.EF5"))
    return times(nitrogen, plus(direct, volatilised, leached), MOLAR_N2O)


def per_tonne(stem: str, bucket: str = "fossil") -> tuple[Emission, ...]:
    """Give the posting of a factor per tonne for kilograms."""
    return (Emission(bucket, times(AMOUNT, PER_TONNE, Factor(stem))),)


def fuel(use: str) -> tuple[Emission, ...]:
    """Give the postings of litres of diesel: burning it, and making it."""
    mass = times(AMOUNT, constant_row("DIESEL.DENSITY"))
    energy = times(mass, Factor("FUEL.DIESEL.NCV"), PER_GIGAGRAM)
    return (
        Emission("fossil", times(mass, Factor("FUEL.DIESEL.CO2-MASS")), gas="CO2"),
        Emission("fossil", times(energy, Factor(f"FUEL.DIESEL.CH4-{use}")), gas="CH4"),
        Emission("fossil", times(energy, Factor(f"FUEL.DIESEL.N2O-{use}")), gas="N2O"),
        Emission("fossil", times(AMOUNT, Factor("FUEL.DIESEL.WTT"))),
    )


def burnt(co2: Expression, energy: Expression, stem: str, use: str, made: Expression) -> tuple[Emission, ...]:
    """Give the postings of a fuel: its CO2, its CH4 and N2O by energy, and making it."""
    return (
        Emission("fossil", co2, gas="CO2"),
        Emission("fossil", times(energy, practice(f"FUEL.{stem}.CH4-{use}")), gas="CH4"),
        Emission("fossil", times(energy, practice(f"FUEL.{stem}.N2O-{use}")), gas="N2O"),
        Emission("fossil", made),
    )


def energy_of(stem: str, mass: Expression) -> Expression:
    """Give the terajoules of kilograms of a fuel."""
    return times(mass, Factor(f"FUEL.{stem}.NCV"), PER_GIGAGRAM)


def gasoline(use: str) -> tuple[Emission, ...]:
    """Give the postings of litres of petrol: small engines and vehicles release other CH4 and N2O."""
    mass = times(AMOUNT, practice("FUEL.GASOLINE.DENSITY"))
    carbon, made = times(mass, Factor("FUEL.GASOLINE.CO2-MASS")), times(AMOUNT, Factor("FUEL.GASOLINE.WTT"))
    return burnt(carbon, energy_of("GASOLINE", mass), "GASOLINE", use, made)


def well_to_wheel(stem: str) -> tuple[Emission, ...]:
    """Give the postings of transport work: driving, and making the fuel."""
    return (
        Emission("fossil", times(AMOUNT, Factor(f"{stem}.TTW"))),
        Emission("fossil", times(AMOUNT, Factor(f"{stem}.WTT"))),
    )


#: Power beyond what is certified, as the announcements of the Chinese grid state it: CO2 of power plants alone, for no
#: life cycle of a residual mix is published. It is never taken below the life cycle of all power.
RESIDUAL_POWER: Final = (Emission("fossil", times(AMOUNT, Factor("ELC.GRID-RESID", proxies=())), gas="CO2"),)
#: Power that a certificate or the meter of own panels names. The certificate tells no source: photovoltaics has the
#: highest of the published life-cycle factors of power that certificates are issued for.
CERTIFIED_POWER: Final = (Emission("fossil", times(AMOUNT, Factor("ELC.PV-PCF", source="practice", proxies=("CN",)))),)
POWER: Final = (Emission("fossil", times(AMOUNT, ELECTRICITY)),)
