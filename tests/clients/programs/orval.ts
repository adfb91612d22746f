// Signs in with what orval has generated for fetch. Prints the account's id, and the refusal.
import { userAccount, userCreateSession } from "../generated/client";

async function main(username: string, password: string): Promise<void> {
  const signIn = await userCreateSession({ username, password });
  if (signIn.status !== 200) throw new Error(String(signIn.status));
  const { accountid, sessionid, token } = signIn.data;
  const headers = { Authorization: `Bearer ${sessionid}.${token}` };
  const account = await userAccount({ accountid }, { headers });
  if (account.status !== 200) throw new Error(String(account.status));
  console.log(account.data.accountid, new Date(account.data.createdAt).getFullYear() >= 2022);
  const refused = await userCreateSession({ username, password: "wrong" });
  if (refused.status === 401) console.log(refused.status, refused.data.message);
}

const [, username = "", password = ""] = process.argv.slice(2); // the address is in the generated code
void main(username, password);
