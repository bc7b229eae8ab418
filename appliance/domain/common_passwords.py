"""What people choose for a password when nobody stops them: roots, folded as `domain.passwords.root` folds.

Twelve characters with a digit and a capital leave few whole passwords of the published lists; what remains of them is
a root with decoration around it (``Motdepasse2026!``), so the roots are kept and the decoration is taken off.
"""

_WORDS = """
password passwort motdepasse mdp passe pass secret secrete motsecret changeme changezmoi changemoi letmein
laissezmoientrer ouvretoi sesame opensesame bienvenue welcome bonjour bonsoir salut coucou hello admin
administrateur administrator root user utilisateur invite guest test teste demo login connexion master maitre
azerty azertyuiop azertyuiopqsdfghjklm qwerty qwertyuiop qwertz qsdfgh qsdfghjklm wxcvbn asdfgh asdfghjkl zxcvbn
zxcvbnm azer qwer abcdef abcdefgh abcdefghijkl alphabet aqwzsx aqzsed
jetaime jtaime iloveyou loulou doudou chouchou cheri cherie amour monamour princesse princess soleil sunshine
etoile papillon butterfly chocolat chocolate football soccer basketball baseball marseille paris lyon toulouse
france bordeaux nantes lille strasbourg montpellier nice rennes clermont auvergne bretagne normandie
doctolib medecin docteur doctor medical cabinet hopital hospital clinique sante chirurgie radio radiologie
radiology scanner irm imagerie infirmier infirmiere pharmacie cps ecps carte cartecps prosanteconnect negatoscope
centrehospitalier patient docteurmedecin
nicolas julien alexandre thomas maxime antoine camille pauline charlotte marine mathilde caroline isabelle
nathalie sandrine stephanie celine philippe patrick laurent michel jean pierre marie claire anne daniel
christophe sebastien frederic olivier vincent guillaume david kevin jordan michael jennifer jessica ashley
superman batman starwars pokemon naruto dragon monkey shadow tigger ninja mustang harley
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi
vendredi samedi dimanche printemps ete automne hiver spring summer autumn winter january february march april
june july august september october november december monday tuesday wednesday thursday friday saturday sunday
computer ordinateur internet windows microsoft google apple samsung iphone android facebook
trustno iloveu fuckyou merde putain connard liverpool chelsea arsenal juventus barcelona realmadrid
"""
ROOTS = frozenset(_WORDS.split())
