import type { APIRequestContext } from "@playwright/test";
import { expect, place } from "./journey";

const who = { Authorization: `Bearer ${place.token}` };

/** What there is to see on pages; made once, however often it is asked for. */
export function samples(request: APIRequestContext) {
  return {
    sample,
    troubled,
    answered,
    executed,
    executionsOf,
    credential,
    aContact,
    anImport,
    aFlow,
    started,
    aRun,
    parked,
    idOf,
  };

  async function sample(name: string, icon: string, category: string, description: string, enabled: boolean) {
    const config = {
      method: "GET",
      url: `${place.upstream}/v2/identities/byPhone`,
      auth: { type: "bearer", token: place.upstreamToken },
      headers: [{ key: "Accept", value: "application/json" }],
      queryParams: [{ key: "phone", valueType: "input", inputField: "phoneNumber", required: true }],
      responseTransform:
        '{\n  "identity": identities[0].{\n    "fullName": firstName & " " & lastName,\n    "city": city\n  }\n}',
      rateLimit: { maxRequestsPerMinute: 60 },
    };
    const input_schema = { phoneNumber: { type: "string", required: true, label: "Phone number" } };
    const found = await request.get(`${place.registry}/api/connectors?q=${encodeURIComponent(name)}`, {
      headers: who,
    });
    if ((await found.json()).connectors.length > 0) return;
    const data = { name, icon, category, description, enabled, config, input_schema };
    const made = await request.post(`${place.registry}/api/connectors`, { data, headers: who });
    expect(made.ok(), await made.text()).toBe(true);
  }

  /** One whose API does not do as it should: its id. */
  async function troubled(name: string, path: string): Promise<string> {
    const config = {
      method: "GET",
      url: place.upstream + path,
      queryParams: [{ key: "phone", valueType: "input", inputField: "phoneNumber", required: true }],
      retries: 0,
    };
    const input_schema = { phoneNumber: { type: "string", required: true, label: "Phone number" } };
    const known = await request.get(`${place.registry}/api/connectors?q=${encodeURIComponent(name)}`, {
      headers: who,
    });
    const [found] = (await known.json()).connectors;
    if (found) return found.id;
    const data = { name, icon: "🧪", category: "custom", config, input_schema };
    const made = await request.post(`${place.registry}/api/connectors`, { data, headers: who });
    expect(made.ok(), await made.text()).toBe(true);
    return (await made.json()).id;
  }

  async function executed(connector: string, phoneNumber: string) {
    const data = { inputs: { phoneNumber } };
    await request.post(`${place.registry}/api/connectors/${connector}/execute`, { data, headers: who });
  }

  /** With an answer that can be mapped; it is in the list of executions when this ends. */
  async function answered(connector: string, phoneNumber: string) {
    await executed(connector, phoneNumber);
    const path = `${place.registry}/api/executions?connector_id=${connector}&status=success`;
    await expect(async () => {
      const found = await request.get(path, { headers: who });
      expect((await found.json()).executions.length).toBeGreaterThan(0);
    }).toPass();
  }

  async function executionsOf(connector: string): Promise<{ id: string }[]> {
    const path = `${place.registry}/api/executions?connector_id=${connector}`;
    await expect(async () => {
      const found = await request.get(path, { headers: who });
      expect((await found.json()).executions.length).toBeGreaterThan(0);
    }).toPass();
    return (await (await request.get(path, { headers: who })).json()).executions;
  }

  async function credential(name: string, auth: Record<string, string>): Promise<string> {
    const listed = await request.get(`${place.registry}/api/credentials`, { headers: who });
    const known = (await listed.json()).credentials.find((one: { name: string }) => one.name === name);
    if (known) return known.id;
    const data = { name, auth, allowed_origins: [place.upstream] };
    const made = await request.post(`${place.registry}/api/credentials`, { data, headers: who });
    expect(made.ok(), await made.text()).toBe(true);
    return (await made.json()).id;
  }

  async function aContact(): Promise<string> {
    const data = {
      external_id: "shots",
      first_name: "Jane",
      last_name: "Doe",
      email: "jane@example.com",
      phone: "6266958105",
      company: "Acme",
      tags: ["vip", "lead"],
      custom_fields: { income: 187500, source: "webinar" },
    };
    await request.post(`${place.registry}/api/contacts`, { data, headers: who });
    const found = await request.get(`${place.registry}/api/contacts?q=shots`, { headers: who });
    return (await found.json()).contacts[0].id;
  }

  /** Of a file that is uploaded, and not looked at yet. */
  async function anImport(): Promise<string> {
    const made = await request.post(`${place.registry}/api/contact-imports?file_name=people.csv`, {
      data: "First name,Mail\nAnn,ann@example.com\n",
      headers: { ...who, "Content-Type": "text/csv" },
    });
    expect(made.ok(), await made.text()).toBe(true);
    return (await made.json()).id;
  }

  async function aFlow(connectorId: string, name = "Enrich a contact"): Promise<string> {
    const listed = await request.get(`${place.registry}/api/flows`, { headers: who });
    const known = (await listed.json()).flows.find((one: { name: string }) => one.name === name);
    if (known) return known.id;
    const enrich = {
      id: "enrich",
      action: "connector",
      connectorId,
      inputs: { phoneNumber: "{{contact.phone}}" },
      fieldMappings: [{ sourcePath: "identity.city", targetField: "city", targetType: "user_field" }],
      storeAs: "enriched",
    };
    const isKnown = { value: "{{enriched.identity.city}}", operator: "is_not_empty" };
    const then = [{ id: "tag", action: "update_contact", customFields: { known: "yes" } }];
    const steps = [enrich, { id: "known", action: "if", condition: isKnown, then, else: [] }];
    const data = { name, description: "City and name by the phone number", steps };
    const made = await request.post(`${place.registry}/api/flows`, { data, headers: who });
    expect(made.ok(), await made.text()).toBe(true);
    return (await made.json()).id;
  }

  async function started(flow: string, contactId: string): Promise<string> {
    const id = crypto.randomUUID();
    const data = { runs: [{ id, contact_id: contactId, input: {} }] };
    const made = await request.post(`${place.registry}/api/flows/${flow}/runs`, { data, headers: who });
    expect(made.ok(), await made.text()).toBe(true);
    return id;
  }

  /** Of a contact whom the pretend API knows, when it is over. */
  async function aRun(flow: string, contactId: string): Promise<string> {
    const id = await started(flow, contactId);
    await expect(async () => {
      const run = await request.get(`${place.registry}/api/runs/${id}`, { headers: who });
      expect((await run.json()).state).not.toBe("running");
    }).toPass();
    return id;
  }

  /** Until executions of the connector wait. */
  async function parked(connector: string): Promise<void> {
    await expect(async () => {
      const found = await request.get(`${place.registry}/api/parked?connector_id=${connector}`, {
        headers: who,
      });
      expect((await found.json()).executions.length).toBeGreaterThan(0);
    }).toPass();
  }

  async function idOf(name: string): Promise<string> {
    const found = await request.get(`${place.registry}/api/connectors?q=${encodeURIComponent(name)}`, {
      headers: who,
    });
    return (await found.json()).connectors[0].id;
  }
}
