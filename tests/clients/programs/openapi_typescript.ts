// Signs in with openapi-fetch and the types that openapi-typescript has generated. Prints the account's id, and the
// refusal.
import createClient from "openapi-fetch";
import type { paths } from "../generated/schema";

async function main(baseUrl: string, username: string, password: string): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  const { data: session } = await client.POST("/api/user/create-session", { body: { username, password } });
  if (session === undefined) throw new Error("There is no session.");
  const { data: account } = await client.GET("/api/user/account", {
    params: { query: { accountid: session.accountid } },
    headers: { Authorization: `Bearer ${session.sessionid}.${session.token}` },
  });
  if (account === undefined) throw new Error("There is no account.");
  console.log(account.accountid, new Date(account.createdAt).getFullYear() >= 2022);
  const wrong = { username, password: "wrong" };
  const { error, response } = await client.POST("/api/user/create-session", { body: wrong });
  if (error !== undefined) console.log(response.status, error.message);
}

const [address = "", username = "", password = ""] = process.argv.slice(2);
void main(address, username, password);
