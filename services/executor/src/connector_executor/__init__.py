"""Calls the APIs: connector.execute in, HTTP out, connector.result out."""
