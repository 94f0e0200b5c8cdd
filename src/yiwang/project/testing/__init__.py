"""测试支持: what every pytest run of the project gets, loaded by the root conftest.

One throwaway PostgreSQL per run, shared by the xdist workers (Django makes a database for each);
a temporary ``var`` folder; a random secret key; sockets that reach loopback only; and a record of
which rows of the plan the tests marked ``proves`` have proved.
"""
