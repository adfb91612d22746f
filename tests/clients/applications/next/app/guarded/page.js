// A page that proxy.js protects.
export const dynamic = "force-dynamic";

export default function Page() {
  return <p>guarded</p>;
}
