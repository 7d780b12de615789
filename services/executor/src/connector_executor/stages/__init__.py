"""The pipeline of one call, in this order:

admit      deduplication and rate budget, for many executions at once  (admission/, scheduling/admitter.py)
resolve    the connector's published version                            (connectors/table.py)
validate   the inputs against the input schema                          (stages/validate.py)
render     method, URL, headers and body                                (stages/render.py)
authorize  the decrypted credential                                     (stages/authorize.py)
send       the call itself, bounded and guarded                         (egress/)
classify   what the answer means, and whether to call again             (stages/classify.py)
transform  JSONata over the answer                                      (stages/transform.py)
publish    outcome kept, published, offset finished                     (finisher.py)
"""
