export const TypesPage = () => <h1>Types</h1>
