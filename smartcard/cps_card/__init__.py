"""Health professionals' cards (CPS, CPE): the identity in a certificate, the readers of this machine."""
