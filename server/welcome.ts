export async function welcome(): Promise<void> {}
