import nox

@nox.session
def tests(session):
    session.install("-r", "test-requirements.txt", "kubernetes==12.0.1")
