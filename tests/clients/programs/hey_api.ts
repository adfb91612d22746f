// Signs in with what @hey-api/openapi-ts has generated. Prints the account's id, and the refusal.
import { userAccount, userCreateSession } from "../generated";
import { client } from "../generated/client.gen";

async function main(baseUrl: string, username: string, password: string): Promise<void> {
  client.setConfig({ baseUrl });
  const { data: session } = await userCreateSession({ body: { username, password } });
  if (session === undefined) throw new Error("There is no session.");
  const { data: account } = await userAccount({
    auth: ({ scheme }) => (scheme === "bearer" ? `${session.sessionid}.${session.token}` : undefined),
    query: { accountid: session.accountid },
  });
  if (account === undefined) throw new Error("There is no account.");
  console.log(account.accountid, new Date(account.createdAt).getFullYear() >= 2022);
  const { error, response } = await userCreateSession({ body: { username, password: "wrong" } });
  if (error !== undefined) console.log(response?.status, error.message);
}

const [address = "", username = "", password = ""] = process.argv.slice(2);
void main(address, username, password);
